/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/scheduler.c */

