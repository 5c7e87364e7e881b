/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

#define OHM_SAMPLE_PATH "/root/ohmnibus/sample"
