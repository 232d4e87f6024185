/* Models for people: the list, a card, two cards side by side. Layer: cli. A card is JSON that anybody may have
 * written: what is missing or of another kind is left out. */
#ifndef ANNING_CLI_MODEL_VIEW_H
#define ANNING_CLI_MODEL_VIEW_H

#include "cli/models.h"

void an_model_view_list(const struct an_cli_models *models);
/* path: as told to the reader. */
void an_model_view_card(const struct an_forest *forest, const char *path);
void an_model_view_cards(const struct an_forest *a, const struct an_forest *b, const char *name_a, const char *name_b);

#endif
