/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

#define OHM_TYPE_UMG96RM_METER (ohm_umg96rm_meter_get_type ())
G_DECLARE_FINAL_TYPE (OhmUmg96rmMeter, ohm_umg96rm_meter, OHM, UMG96RM_METER, OhmMeter)
OHM_DEFINE_METER (OhmUmg96rmMeter, ohm_umg96rm_meter)

/* Register 761, address list 1.040.034.r. */
typedef enum
{
  OHM_UMG96RM_MODULE_NONE = 0,
  OHM_UMG96RM_MODULE_PROFIBUS = 1,
  OHM_UMG96RM_MODULE_CBM = 2,
  OHM_UMG96RM_MODULE_ETHERNET = 3,
  OHM_UMG96RM_MODULE_UNKNOWN,
} OhmUmg96rmModule;

/* Article numbers, register 769: from drivers in the field, not from the vendor's list. */
static const struct
{
  guint32 article;
  const char *variant;
} articles[] = {
  { 5222036, "E" },  { 5222061, "basic" }, { 5222062, "E" },   { 5222063, "E" },
  { 5222064, "P" },  { 5222065, "P" },     { 5222066, "CBM" }, { 5222067, "CBM" },
  { 5222069, "M" },  { 5222070, "basic" }, { 5222073, "M" },   { 5222090, "PN" },
  { 5222091, "PN" },
};

static gboolean
ohm_umg96rm_meter_get_number (OhmFactsBuilder *facts, const char *name, guint64 *ret_number)
{
  const char *text = ohm_facts_builder_get (facts, name);

  return text != NULL &&
         g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, ret_number, /* error */ NULL);
}

static const char *
ohm_umg96rm_meter_find_article (OhmFactsBuilder *facts)
{
  guint64 article = 0;

  if (!ohm_umg96rm_meter_get_number (facts, "article", &article))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (articles); i++)
    if (articles[i].article == article)
      return articles[i].variant;
  return NULL;
}

static OhmUmg96rmModule
ohm_umg96rm_meter_get_module (OhmFactsBuilder *facts)
{
  guint64 module = OHM_UMG96RM_MODULE_UNKNOWN;

  if (!ohm_umg96rm_meter_get_number (facts, "module", &module) ||
      module > OHM_UMG96RM_MODULE_ETHERNET)
    return OHM_UMG96RM_MODULE_UNKNOWN;
  return (OhmUmg96rmModule) module;
}

/* The module register decides, being the vendor's; the article refines what it leaves open. */
static const char *
ohm_umg96rm_meter_get_variant (OhmFactsBuilder *facts)
{
  const char *article = ohm_umg96rm_meter_find_article (facts);

  switch (ohm_umg96rm_meter_get_module (facts))
    {
    case OHM_UMG96RM_MODULE_PROFIBUS:
      return "P";
    case OHM_UMG96RM_MODULE_CBM:
      return "CBM";
    case OHM_UMG96RM_MODULE_ETHERNET:
      return g_strcmp0 (article, "PN") == 0 ? "PN" : "E";
    case OHM_UMG96RM_MODULE_NONE:
      return g_strcmp0 (article, "M") == 0 ? "M" : "basic";
    case OHM_UMG96RM_MODULE_UNKNOWN:
    default:
      return article;
    }
}

static const char *
ohm_umg96rm_meter_get_clock (const char *variant)
{
  if (g_strcmp0 (variant, "P") == 0 || g_strcmp0 (variant, "CBM") == 0)
    return "epoch32";
  return g_strcmp0 (variant, "basic") == 0 ? "none" : "unknown";
}

static void
ohm_umg96rm_meter_refine (OhmFactsBuilder *facts)
{
  const char *variant = ohm_umg96rm_meter_get_variant (facts);
  gboolean is_plain = variant == NULL || g_str_equal (variant, "basic");
  g_autofree char *model = g_strconcat ("UMG 96RM", is_plain ? "" : "-", is_plain ? "" : variant,
                                        NULL);

  ohm_facts_builder_set (facts, "variant", variant);
  ohm_facts_builder_set (facts, "model", model);
  ohm_facts_builder_set (facts, "clock", ohm_umg96rm_meter_get_clock (variant));
}

static gboolean
ohm_umg96rm_meter_survey (OhmMeter *self,
                          guint step,
                          const OhmReply *last,
                          OhmFactsBuilder *facts,
                          OhmRequest *ret_next,
                          gboolean *ret_done,
                          GError **error)
{
  OhmMeterClass *parent = OHM_METER_CLASS (ohm_umg96rm_meter_parent_class);

  if (!parent->survey (self, step, last, facts, ret_next, ret_done, error))
    return FALSE;
  if (*ret_done)
    ohm_umg96rm_meter_refine (facts);
  return TRUE;
}

static void
ohm_umg96rm_meter_class_init (OhmUmg96rmMeterClass *klass)
{
  OHM_METER_CLASS (klass)->survey = ohm_umg96rm_meter_survey;
}

OHM_PLUGIN ("umg96rm", "Janitza UMG 96RM family", ohm_umg96rm_meter_get_type);
