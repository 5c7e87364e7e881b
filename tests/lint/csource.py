# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source file as the rules of check-source see it. Relies on the layout that clang-format makes:
a function's name stands at the start of a line, its braces alone on theirs."""

import os
import re
from collections import namedtuple

C = ('.c', '.h')
INTERPRETERS = {'sh': '.sh', 'bash': '.sh', 'python3': '.py'}
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

# parameters: their texts; first, last: the lines from the opening to before the closing brace
Function = namedtuple('Function', 'name static line parameters first last')


class Source:
    """text and lines as they are; code: lines with comments and literals blanked; comments: pairs of
    line number and text; tree: base names of all files to their paths."""

    def __init__(self, path, text, tree):
        self.path, self.text, self.tree = path, text, tree
        self.base = os.path.basename(path)
        self.lines = text.splitlines()
        shebang = re.match(r'#!.*?(\w+)\n', text)
        self.suffix = os.path.splitext(path)[1] or INTERPRETERS.get(shebang and shebang.group(1), '')
        self.comments, self.code, self.functions = [], [], []
        self.blanked = TOKEN.sub(self._blank, text) if self.suffix in C else ''
        if self.suffix in C:
            self.code = self.blanked.splitlines()
            self.functions = list(self._find_functions())

    @property
    def is_test(self):
        return self.path.startswith('tests/')

    def find(self, pattern):
        """Pairs of line number and match in the code; in one go, as few lines have one."""
        return ((line_of(self.blanked, m), m) for m in re.finditer(pattern, self.blanked, re.M))

    def find_text(self, pattern):
        """The same in all the text."""
        return ((line_of(self.text, m), m) for m in re.finditer(pattern, self.text))

    def body(self, function):
        """Pairs of line number and code inside the braces."""
        return [(n + 1, self.code[n]) for n in range(function.first, function.last)]

    def _blank(self, match):
        token = match.group(0)
        if token[0] == '/':
            self.comments.append((line_of(self.text, match), token))
            return re.sub(r'[^\n]', ' ', token)
        return token[0] + ' ' * (len(token) - 2) + token[0]

    def _find_functions(self):
        number, code = 0, self.code
        while number < len(code):
            head = re.match(r'(\w+) \(', code[number])
            end = number
            while head and end + 1 < len(code) and not re.search(r'[);]\s*$', code[end]):
                end += 1
            if not head or end + 1 >= len(code) or code[end + 1] != '{':
                number += 1
                continue
            last = next((n for n in range(end + 1, len(code)) if code[n] == '}'), len(code) - 1)
            text = ' '.join(code[number:end + 1])[head.end():].rstrip()[:-1]
            static = re.search(r'\bstatic\b', code[number - 1]) is not None
            yield Function(head.group(1), static, number + 1, split_parameters(text), end + 2, last)
            number = last


def line_of(text, match):
    return text.count('\n', 0, match.start()) + 1


def snake_case(name):
    """OhmLinkConfig: ohm_link_config."""
    return re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()


def split_parameters(text):
    depth, parts = 0, ['']
    for char in text:
        depth += (char == '(') - (char == ')')
        if char == ',' and depth == 0:
            parts.append('')
        else:
            parts[-1] += char
    parts = [' '.join(part.split()) for part in parts]
    return [] if parts in ([''], ['void']) else parts


def block_depths(lines):
    """Pairs of line number and number of open blocks; initialisers do not count."""
    stack = []
    for number, line in lines:
        for char in line:
            if char == '{':
                stack.append(line.strip() == '{' and all(stack))
            elif char == '}' and stack:
                stack.pop()
        yield number, sum(stack)
