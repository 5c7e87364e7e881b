/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmctl/ohmctl-sample.c */

#include "ohm-store.h"
