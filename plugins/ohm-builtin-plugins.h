/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plugin.h"

/* Plugins linked into the program (-Dbuiltin_plugins=true), NULL-terminated. */
extern const OhmPluginInfo *const ohm_builtin_plugins[];
