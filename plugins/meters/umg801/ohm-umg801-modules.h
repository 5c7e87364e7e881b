/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Slots that the module table has. */
#define OHM_UMG801_SLOTS 20
/* The first group, as the device counts them, that belongs to a module. */
#define OHM_UMG801_FIRST_GROUP 4
/* Module groups that the device has registers for. */
#define OHM_UMG801_GROUPS_MAX 20

/* What kind of module: a number in the module table. */
typedef struct
{
  guint number;
  char name[16];
  guint n_groups;
} OhmUmg801Type;

/*
 * The kinds of `module-types`: "NUMBER NAME GROUPS; ..."
 * (transfer full) (element-type OhmUmg801Type) (nullable)
 */
GArray *ohm_umg801_types_parse (const char *text, GError **error);

typedef enum
{
  OHM_UMG801_EMPTY,
  OHM_UMG801_INACTIVE, /* a module, but it has not been active yet */
  OHM_UMG801_ABSENT,   /* it was active, and is not any more */
  OHM_UMG801_ACTIVE,
} OhmUmg801State;

/* What is known of the slots; slots[0] is the first one. */
typedef struct
{
  struct
  {
    OhmUmg801State state;
    guint type;
  } slots[OHM_UMG801_SLOTS];
} OhmUmg801Modules;

/*
 * From and to the text of the fact `modules`: "1 CT8-A, 2 DI14, 4 CT24-LP (absent), 5 type 9".
 * @text: (nullable)
 */
void ohm_umg801_modules_parse (OhmUmg801Modules *self, const char *text, const GArray *types);
char *ohm_umg801_modules_to_text (const OhmUmg801Modules *self, const GArray *types);

/*
 * What the table's registers say of a slot, counted from 1. A module that was active is remembered:
 * its places have an owner, who is to see that it is missing.
 */
void ohm_umg801_modules_take (OhmUmg801Modules *self, guint slot, guint state, guint type);

/* Whether that is what is known of the slot. */
gboolean
ohm_umg801_modules_fits (const OhmUmg801Modules *self, guint slot, guint state, guint type);

/* The last slot in which there is anything; 0 if none. */
guint ohm_umg801_modules_get_last (const OhmUmg801Modules *self);

/* A group of a module: `m<slot>g<group>`. */
typedef struct
{
  guint slot;
  guint group;
  guint number; /* as the device counts its groups; 0 if it has no registers now */
} OhmUmg801Group;

/* How many groups active modules have beyond those that the device has registers for. */
guint ohm_umg801_modules_count_surplus (const OhmUmg801Modules *self, const GArray *types);

/* (transfer full) (element-type OhmUmg801Group): groups of all modules, in the order of slots;
 * without those that the device has no registers for */
GArray *ohm_umg801_modules_get_groups (const OhmUmg801Modules *self, const GArray *types);

G_END_DECLS
