/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-modbus.h"

#include "ohm-sim-units.h"

G_BEGIN_DECLS

typedef enum
{
  /* the answer's time */
  OHM_SIM_FAULT_SILENT,
  OHM_SIM_FAULT_SLOW,
  OHM_SIM_FAULT_DRIP,
  OHM_SIM_FAULT_LATE,
  OHM_SIM_FAULT_HOLD,
  /* the answer's bytes */
  OHM_SIM_FAULT_DUPLICATE,
  OHM_SIM_FAULT_TRAILING,
  OHM_SIM_FAULT_WRONG_TID,
  OHM_SIM_FAULT_WRONG_UNIT,
  OHM_SIM_FAULT_WRONG_PROTOCOL_ID,
  OHM_SIM_FAULT_WRONG_LENGTH,
  OHM_SIM_FAULT_WRONG_FUNCTION,
  OHM_SIM_FAULT_WRONG_COUNT,
  OHM_SIM_FAULT_GARBAGE,
  OHM_SIM_FAULT_RTU,
  OHM_SIM_FAULT_HTTP,
  /* refusals */
  OHM_SIM_FAULT_EXCEPTION,
  OHM_SIM_FAULT_REFUSE_FUNCTION,
  OHM_SIM_FAULT_HOLE,
  OHM_SIM_FAULT_GAPS,
  /* the connection */
  OHM_SIM_FAULT_CLOSE,
  OHM_SIM_FAULT_CLOSE_ACCEPT,
  OHM_SIM_FAULT_CLOSE_FRAME,
  OHM_SIM_FAULT_REFUSE,
  /* the device */
  OHM_SIM_FAULT_NAN,
  OHM_SIM_FAULT_COUNTER_RESET,
  OHM_SIM_FAULT_CLOCK_DRIFT,
} OhmSimFaultKind;

#define OHM_SIM_N_FAULTS (OHM_SIM_FAULT_CLOCK_DRIFT + 1)

/* One fault, written `NAME[=ARGUMENT][@UNITS][%PERCENT]`. */
typedef struct
{
  OhmSimFaultKind kind;
  gint64 argument;
  gint64 second; /* a hole's last register, the exception that ends a hold */
  OhmSimUnits units;
  guint percent;
} OhmSimFault;

gboolean ohm_sim_fault_parse (const char *text, OhmSimFault *ret_fault, GError **error);
gboolean ohm_sim_fault_parse_kind (const char *name, OhmSimFaultKind *ret_kind, GError **error);
char *ohm_sim_fault_to_string (const OhmSimFault *self);
/* All faults, one a line with its argument and what it does, for --help-faults. */
char *ohm_sim_fault_help (void);

/* The faults of an endpoint and the dice that decide where they are a matter of chance. */
typedef struct
{
  GArray *array; /* (element-type OhmSimFault) */
  guint64 seed;
  guint64 rolls;
} OhmSimFaults;

void ohm_sim_faults_init (OhmSimFaults *self, guint64 seed);
void ohm_sim_faults_clear (OhmSimFaults *self);
/* Replaces an earlier fault of the same kind for these units; there may be many holes. */
void ohm_sim_faults_add (OhmSimFaults *self, const OhmSimFault *fault);
/* Ends faults of a kind for these units. */
void ohm_sim_faults_remove (OhmSimFaults *self, OhmSimFaultKind kind, const OhmSimUnits *units);
/* (nullable): the fault if it strikes now; rolls the dice */
const OhmSimFault *ohm_sim_faults_strike (OhmSimFaults *self, OhmSimFaultKind kind, guint8 unit);
/* (nullable): the fault if it is on for this unit, whatever its percentage */
const OhmSimFault *
ohm_sim_faults_find (const OhmSimFaults *self, OhmSimFaultKind kind, guint8 unit);

/* Room for the longest answer twice, and a byte. */
#define OHM_SIM_ANSWER_MAX (2 * OHM_MODBUS_TCP_MAX + 8)

/* What goes back to the client, and when. */
typedef struct
{
  guint8 bytes[OHM_SIM_ANSWER_MAX];
  gsize length;    /* 0 for no answer */
  gint64 hold_us;  /* the line serves nobody else that long; the answer comes at the end */
  gint64 delay_us; /* the answer comes that long after the hold, the line being free */
  gint64 drip_us;  /* pause between two bytes; the line is held */
  gboolean closes; /* the connection ends behind the answer */
} OhmSimAnswer;

/* From Modbus TCP to RTU framing: the header goes, a CRC comes. */
void ohm_sim_answer_to_rtu (OhmSimAnswer *answer);

/* Exception code 0 if @request may be served, else the code to answer. */
guint8 ohm_sim_faults_refuse (OhmSimFaults *self, const OhmRequest *request, gint64 *ret_hold_us);

/* Spoils a good answer, in Modbus TCP, as the faults of its unit say; it is in @framing then. */
void ohm_sim_faults_spoil (OhmSimFaults *self,
                           const OhmRequest *request,
                           OhmFraming framing,
                           OhmSimAnswer *answer);

G_END_DECLS
