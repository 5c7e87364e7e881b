/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config.h"

#define MS     G_GINT64_CONSTANT (1000)
#define SECOND G_GINT64_CONSTANT (1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

const OhmSettingSpec ohm_config_daemon_table[] = {
  { "time-zone", OHM_SETTING_STRING, .max = 64,
    .help =
      "The site's time zone for people, as in Europe/Berlin; without it the machine's. Interfaces "
      "for machines are always UTC." },
  { "clock-limit", OHM_SETTING_DURATION, .min = SECOND, .max = HOUR, .fallback = "30s",
    .help = "How far a meter's own clock may be off before an alarm tells so. Clocks are compared "
            "daily and after each survey, and never set by themselves." },
  { "slot-window", OHM_SETTING_DURATION, .min = 5 * SECOND, .max = 5 * MINUTE, .fallback = "60s",
    .help = "How long after a quarter hour its counters may still be read for it." },
  { "dead-phase-limit", OHM_SETTING_INTEGER, .min = 1, .max = 89, .fallback = "50",
    .help = "Percent of the other phases' voltage below which a phase is told to be dead." },
  { "unbalance-limit", OHM_SETTING_INTEGER, .min = 1, .max = 100, .fallback = "10",
    .help = "Percent that a phase's voltage may differ from the mean of all three." },
  { "reversed-after", OHM_SETTING_DURATION, .min = 10 * MINUTE, .max = 240 * HOUR,
    .fallback = "24h",
    .help = "How long one phase may only supply while the others consume before its current "
            "transformer is told to be the wrong way round." },
  { "stuck-energy", OHM_SETTING_INTEGER, .min = 10, .max = 1000000000, .fallback = "2500",
    .help = "Watt hours that may flow while a counter stands, or that it may count while no power "
            "is shown." },
  { "parts-limit", OHM_SETTING_INTEGER, .min = 0, .max = 100, .fallback = "5",
    .help = "Percent that the places which name another as their parent may together use more than "
            "it; 0 does not compare them." },
  { "store-limit", OHM_SETTING_INTEGER, .min = 16, .max = 1048576, .fallback = "1024",
    .help =
      "Most MiB that the database may take. Trend is dropped first, then events, then interval "
      "records older than 24 months; younger ones never." },
  { "trend-days", OHM_SETTING_INTEGER, .min = 1, .max = 3650, .fallback = "35",
    .help = "How many days the one-minute trend is kept." },
  { "frame-log-limit", OHM_SETTING_INTEGER, .min = 0, .max = 262144, .fallback = "512",
    .help =
      "Most KiB of memory for the last frames of all links together, which `ohmctl capture` shows; "
      "each link that speaks has 4 KiB of it at least. 0 keeps none." },
  { "frame-log-time", OHM_SETTING_DURATION, .min = SECOND, .max = 24 * HOUR, .fallback = "10min",
    .help = "How old a frame may be that is still kept." },
  { NULL },
};

const OhmSettingSpec ohm_config_meter_table[] = {
  { "name", OHM_SETTING_STRING, .max = 127,
    .help = "What people call the meter; without it the id." },
  { "type", OHM_SETTING_STRING, .max = 63, .fallback = "auto",
    .help =
      "The meter's type, one of `ohmctl profile list`; auto identifies it, virtual is a sum of "
      "others." },
  { "sum", OHM_SETTING_STRING, .max = 4096,
    .help = "Of a virtual meter: the places it is made of with commas between them, as in "
            "`main, solar, -heat`; one with a minus is subtracted." },
  { "transport", OHM_SETTING_STRING, .max = 63,
    .help = "The transport plugin, as in modbus-tcp, whose address keys follow; or use link." },
  { "link", OHM_SETTING_STRING, .max = 63,
    .help = "Id of a configured link, instead of transport and address." },
  { "unit", OHM_SETTING_INTEGER, .min = 0, .max = 255,
    .help =
      "Unit id (Modbus TCP) or slave address (RTU, 1 to 247); without it what the type suggests." },
  { "poll", OHM_SETTING_DURATION, .min = 100 * MS, .max = 24 * HOUR, .fallback = "5s",
    .help = "Period of live values. Quarter hours are read at their boundaries whatever it is." },
  { "serial", OHM_SETTING_STRING, .max = 63,
    .help = "The serial number expected; learned at the first contact if left out. Another one is "
            "not recorded." },
  { "enabled", OHM_SETTING_BOOLEAN, .fallback = "true",
    .help = "Whether the meter is read at all." },
  { "max-power", OHM_SETTING_REAL, .min = 1, .max = 1e12,
    .help = "The largest power in W that can flow here; more is told to be impossible. Without it "
            "what the meter says of its current transformers, where it does. No counter of energy "
            "may grow faster either." },
  { "plausibility", OHM_SETTING_BOOLEAN, .fallback = "true",
    .help = "Whether an alarm tells of values that cannot be: dead phases, reversed currents, "
            "counters that stand or jump." },
  { NULL },
};

const OhmSettingSpec ohm_config_history_table[] = {
  { "plugin", OHM_SETTING_STRING, .max = 63, .is_required = TRUE,
    .help = "The history plugin that reads the meter's own memory for `ohmctl meter backfill`; its "
            "keys follow. Without this group no memory is read." },
  { NULL },
};

const OhmSettingSpec ohm_config_place_table[] = {
  { "name", OHM_SETTING_STRING, .max = 127,
    .help = "What people call the place; without it the id." },
  { "source", OHM_SETTING_STRING, .max = 31, .fallback = "",
    .help =
      "The meter's group or input that measures here, as in m1g2; without it the meter's own." },
  { "medium", OHM_SETTING_CHOICE, .choices = "electricity|gas|water|heat|cold|other",
    .fallback = "electricity", .help = "What flows." },
  { "parent", OHM_SETTING_STRING, .max = 63,
    .help = "Id of the place that this one is a part of." },
  { "direction", OHM_SETTING_CHOICE, .choices = "normal|inverted", .fallback = "normal",
    .help = "inverted swaps import and export for a meter that is wired the other way round." },
  { "factor", OHM_SETTING_REAL, .min = 0, .max = 1000000, .fallback = "1",
    .help = "Factor for a transformer ratio that the meter does not know. Records are raw: another "
            "factor or direction holds for all that was recorded. What sums of this place have "
            "recorded stays; they begin a new run." },
  { NULL },
};

const OhmSettingSpec ohm_config_link_table[] = {
  { "transport", OHM_SETTING_STRING, .max = 63, .is_required = TRUE,
    .help = "The transport plugin, as in modbus-tcp." },
  { NULL },
};

const OhmSettingSpec ohm_config_uplink_table[] = {
  { "plugin", OHM_SETTING_STRING, .max = 63, .is_required = TRUE,
    .help = "The uplink plugin, as in cloud or mqtt; its own keys stand in a group of that name." },
  { "name", OHM_SETTING_STRING, .max = 127,
    .help = "What people call the uplink; without it the id." },
  { "enabled", OHM_SETTING_BOOLEAN, .fallback = "true",
    .help = "Whether anything is delivered. What is recorded meanwhile is delivered later." },
  { "start", OHM_SETTING_CHOICE, .choices = "all|now", .fallback = "all",
    .help = "What a new destination gets: all that is stored, or what is recorded from now on." },
  { "echo", OHM_SETTING_CHOICE, .choices = "auto|yes|no", .fallback = "auto",
    .help = "Whether yesterday's quarter hours are sent again once a day, which heals what a "
            "destination lost; auto does so where sending twice is harmless and accepted does not "
            "mean on disk." },
  { "overlap", OHM_SETTING_CHOICE, .choices = "auto|yes|no", .fallback = "auto",
    .help = "Whether what was accepted is sent once more with the next quarter hour, against a "
            "destination that restarts; auto as for echo." },
  { "values", OHM_SETTING_CHOICE, .choices = "none|trend|live", .fallback = "none",
    .help = "Values sent besides quarter hours, as best one can: one-minute means, or live ones." },
  { "points", OHM_SETTING_LIST, .fallback = "power-active.total;current.l1;current.l2;current.l3",
    .help = "Which points these values are of, where a place has them; at most 64, separated by "
            "semicolons." },
  { "live-period", OHM_SETTING_DURATION, .min = SECOND, .max = HOUR, .fallback = "10s",
    .help = "How often live values are sent." },
  { "max-points", OHM_SETTING_INTEGER, .min = 1, .max = 100000, .fallback = "2000",
    .help = "Most values in one request." },
  { "max-bytes", OHM_SETTING_INTEGER, .min = 1024, .max = 64 * 1024 * 1024, .fallback = "1048576",
    .help = "Most bytes in one request, before compression." },
  { "pace", OHM_SETTING_DURATION, .max = HOUR, .fallback = "2s",
    .help = "Least time between two requests while more than one waits." },
  { "delay", OHM_SETTING_DURATION, .max = 15 * MINUTE, .fallback = "60s",
    .help = "From the end of a quarter hour to the earliest sending: meters have to be read." },
  { "spread", OHM_SETTING_DURATION, .max = HOUR, .fallback = "10min",
    .help = "Sending begins later by a share of this that depends on the gateway, so that a "
            "million of them do not send at once." },
  { "max-age", OHM_SETTING_DURATION, .min = HOUR, .max = 87600 * HOUR,
    .help = "Quarter hours older than this are not sent, for a destination that refuses them; an "
            "event tells how many. What was refused is tried again however old it is by then. "
            "Without it all are sent." },
  { "kept-as", OHM_SETTING_STRING, .max = 63,
    .help = "Of an uplink that was renamed: its first id, under which its position and its secrets "
            "are kept. Set by 'ohmctl uplink rename'; without it they are kept under its id." },
  { NULL },
};
