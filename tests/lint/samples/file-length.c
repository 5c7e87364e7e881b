/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

extern int ohm_sample; /* x 1000 */
