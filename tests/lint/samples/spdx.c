#include <glib.h>
/* as core/libohm/ohm-sample.c */
