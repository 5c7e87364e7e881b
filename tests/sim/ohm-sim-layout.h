/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-profile.h"

#include "ohm-sim-model.h"

G_BEGIN_DECLS

/* One value of a type: where it lies and what it shows. */
typedef struct
{
  char *name;
  OhmEncoding encoding;
  guint16 address;
  guint8 function; /* 3, 4, or 0 for both */
  guint8 registers;
  gboolean is_fact;
  gboolean is_of_modules; /* of the module table */
  gboolean is_text;
  gboolean is_clock;
  const OhmDeviceClock *clock; /* (nullable): a row of [clock] */
  gboolean is_integer;
  OhmSimTerm term;
  guint group;         /* index in the layout's groups */
  gssize offsets[2];   /* byte in the image of functions 3 and 4, or -1 */
  guint8 *mask;        /* (nullable): bits of the registers that the value takes */
  char *pattern;       /* (nullable): what a text that the type is known by matches */
  char *identity;      /* (nullable): such a text */
  double identity_min; /* numbers that the type is known by; none if min > max */
  double identity_max;
} OhmSimRow;

/* Registers that may be read in one request, unnamed ones between named ones included. */
typedef struct
{
  guint first;
  guint last;
  gsize offset; /* byte in the image */
} OhmSimBlock;

/* A profile, laid out as a device's registers. Shared by all meters of a type. Immutable. */
typedef struct
{
  OhmProfile *profile;
  gboolean has_modules;
  GArray *rows;       /* (element-type OhmSimRow) */
  GPtrArray *groups;  /* (element-type utf8): groups of points, interned */
  GArray *blocks[2];  /* (element-type OhmSimBlock): of functions 3 and 4 */
  guint8 *is_named;   /* for each register of the image */
  gsize image_length; /* bytes */
} OhmSimLayout;

OhmSimLayout *ohm_sim_layout_new (OhmProfile *profile);
void ohm_sim_layout_free (OhmSimLayout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimLayout, ohm_sim_layout_free)

/* Exception code of a read, or 0 and the byte of the image where its registers begin.
 * @only_named refuses registers that the profile does not name. */
guint8 ohm_sim_layout_locate (const OhmSimLayout *self,
                              const OhmRequest *request,
                              gboolean only_named,
                              gsize *ret_offset);

G_END_DECLS
