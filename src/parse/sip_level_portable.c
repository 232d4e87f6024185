/* The SIP parser in plain C, for machines without vectors and to test the others against. Layer: parse. */
#include "parse/sip_levels.h"

#define AN_BLOCK_LEVEL AN_BLOCK_PORTABLE
#define AN_LEVEL_NAME portable
#include "parse/sip_fast.h"
