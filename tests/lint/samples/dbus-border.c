/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

struct _OhmSample
{
  GDBusConnection *connection;
};
