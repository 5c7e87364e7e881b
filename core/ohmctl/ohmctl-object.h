/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"

G_BEGIN_DECLS

/**
 * OhmctlKind:
 *
 * Kinds of objects that the daemon publishes.
 */
typedef enum
{
  OHMCTL_KIND_METER,
  OHMCTL_KIND_PLACE,
  OHMCTL_KIND_LINK,
  OHMCTL_KIND_UPLINK,
  OHMCTL_KIND_PLUGIN,
  OHMCTL_KIND_PROFILE,
  OHMCTL_KIND_JOB,
} OhmctlKind;

#define OHMCTL_N_KINDS (OHMCTL_KIND_JOB + 1)

/* An object of the daemon with its properties as they were when asked for. */
typedef struct _OhmctlObject OhmctlObject;

void ohmctl_object_free (OhmctlObject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlObject, ohmctl_object_free)

OhmctlObject *ohmctl_object_copy (OhmctlObject *self);

/* @properties: `a{sv}` */
OhmctlObject *ohmctl_object_new (const char *path, GVariant *properties);

/* `meter` */
const char *ohmctl_kind_to_string (OhmctlKind kind);
/* `org.ohmnibus.Ohmnibus1.Meter` */
const char *ohmctl_kind_get_interface (OhmctlKind kind);

/**
 * ohmctl_object_list:
 * @error: as ohmctl_connection_call()
 *
 * Returns: (transfer full) (element-type OhmctlObject): all of a kind, sorted by id, numbers by
 *   value
 */
GPtrArray *ohmctl_object_list (OhmctlContext *context, OhmctlKind kind, GError **error);

/**
 * OhmctlObjects:
 * @of: (owned) (element-type OhmctlObject): those of each #OhmctlKind, sorted by id
 *
 * Everything that the daemon publishes.
 */
typedef struct
{
  GPtrArray *of[OHMCTL_N_KINDS];
} OhmctlObjects;

/* @managed: what GetManagedObjects answers: `a{oa{sa{sv}}}` */
OhmctlObjects *ohmctl_objects_new (GVariant *managed);
void ohmctl_objects_free (OhmctlObjects *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlObjects, ohmctl_objects_free)

/* A single call. (transfer full) (nullable) */
OhmctlObjects *ohmctl_objects_get (OhmctlContext *context, GError **error);

/**
 * ohmctl_object_get:
 * @id: as the user wrote it
 * @error: %OHMCTL_EXIT_NOT_FOUND with the nearest id there is
 *
 * Returns: (transfer full) (nullable): one object
 */
OhmctlObject *
ohmctl_object_get (OhmctlContext *context, OhmctlKind kind, const char *id, GError **error);

/* Properties of the root object's interface (`System`, `Store`) as an object without kind. */
OhmctlObject *
ohmctl_object_get_root (OhmctlContext *context, const char *interface, GError **error);

const char *ohmctl_object_get_path (OhmctlObject *self);
const char *ohmctl_object_get_id (OhmctlObject *self);
/* `a{sv}` */
void ohmctl_object_update (OhmctlObject *self, GVariant *properties);

/* A property that is missing or of another type reads as "", 0, FALSE or nothing. */
const char *ohmctl_object_string (OhmctlObject *self, const char *property);
gint64 ohmctl_object_integer (OhmctlObject *self, const char *property);
double ohmctl_object_real (OhmctlObject *self, const char *property);
gboolean ohmctl_object_boolean (OhmctlObject *self, const char *property);
/* (transfer full): `a, b` */
char *ohmctl_object_join (OhmctlObject *self, const char *property);
/* (transfer full) (nullable) */
GVariant *ohmctl_object_variant (OhmctlObject *self, const char *property, const char *type);
/* (transfer full) (nullable): the cause of its state */
OhmMessage *ohmctl_object_dup_cause (OhmctlObject *self);

/* All properties with stable keys in lower case. */
void ohmctl_json_object (OhmctlJson *json, const char *key, OhmctlObject *object);

/* How a state is shown. */
OhmctlStyle ohmctl_state_style (const char *state);

G_END_DECLS
