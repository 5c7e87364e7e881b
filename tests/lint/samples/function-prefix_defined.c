/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

G_DEFINE_FINAL_TYPE (OhmOther, ohm_other, G_TYPE_OBJECT)

static void
ohm_other_init (OhmOther *self)
{
}

static void
other_class_init (OhmOtherClass *klass)
{
}
