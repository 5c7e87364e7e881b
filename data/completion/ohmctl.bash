# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of ohmctl for bash. The program itself knows what may come next, and asks the daemon
# for ids and points: 'ohmctl --complete LINE'.

_ohmctl ()
{
  local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} word cut i
  word=${line##* }
  COMPREPLY=($(command ohmctl --complete "$line" 2>/dev/null))
  if [ "${COMPREPLY[0]}" = :files ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "${word#--*=}"))
    return
  fi
  # bash breaks words at ':' and '=' and wants only what follows
  cut=${word%"${word##*[:=]}"}
  for i in "${!COMPREPLY[@]}"; do
    COMPREPLY[i]=${COMPREPLY[i]#"$cut"}
  done
  case ${COMPREPLY[0]} in *=) compopt -o nospace 2>/dev/null ;; esac
}

complete -F _ohmctl ohmctl
