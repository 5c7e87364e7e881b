/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-capture.h"

#include "ohm-sim-fault.h"
#include "ohm-sim-line.h"
#include "ohm-sim-shape.h"

G_BEGIN_DECLS

/* What one METERSPEC says: TYPE|FILE.capture[@UNITS][*COUNT][:KEY=VALUE[,KEY=VALUE]...]. */
typedef struct
{
  char *type;
  OhmCapture *capture; /* (nullable): the recording that is played */
  OhmSimUnits units;
  guint count;    /* endpoints */
  guint16 port;   /* of the first endpoint, 0 for any */
  guint64 serial; /* of the first meter, 0 for one by its number */
  char *name;     /* (nullable) */
  double power_w; /* nominal */
  OhmSimLoad load;
  gint64 latency_us;
  guint connections_max;   /* 0 for any number */
  OhmFraming framing;      /* of a TCP endpoint */
  char *line;              /* (nullable): a serial line instead of TCP: the link that leads to it */
  OhmSimLineTraits traits; /* of the line; of a TCP endpoint only the baud rate behind it */
  GArray *faults;          /* (element-type OhmSimFault) */
  GHashTable *facts;       /* (element-type utf8 utf8) */
} OhmSimSpec;

OhmSimSpec *ohm_sim_spec_parse (const char *text, GError **error);
void ohm_sim_spec_free (OhmSimSpec *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimSpec, ohm_sim_spec_free)

/* The keys, one a line, for --help-all. */
char *ohm_sim_spec_help (void);

/* Adds what an argument means: a spec, or with @FILE one spec a line, `#` for comments. */
gboolean ohm_sim_specs_add (GPtrArray *specs, const char *argument, GError **error);

G_END_DECLS
