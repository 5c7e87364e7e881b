/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample-list.c */

static void
ohm_store_check (int a,
                 int b)
{
}
