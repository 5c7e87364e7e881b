/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.h */

#ifndef OHM_SAMPLE_H
#define OHM_SAMPLE_H
#endif
