// Which pages there are, for whom; the tests and the screenshots walk over them.
export const PHONE_PAGES = ['/me', '/me/calls', '/me/reports', '/me/settings', '/me/settings/categories', '/me/settings/hours', '/me/settings/ranges', '/me/settings/regions', '/me/settings/contacts', '/me/settings/blocked', '/me/data'];
export const OPERATOR_PAGES = ['/desk/live', '/desk/campaigns', '/desk/numbers', '/desk/trunks', '/desk/dryrun', '/desk/review', '/desk/redress', '/desk/subscribers', '/desk/models', '/desk/health', '/desk/account'];
export const ADMIN_PAGES = ['/desk/users', '/desk/keys', '/desk/audit'];
export const AUTHORITY_PAGES = ['/authority/statistics', '/authority/cases', '/authority/exports'];
/** Pages that need a thing of the stand-in's. */
export const STAND_IN = {
  operator: ['/desk/campaigns/23', '/desk/numbers/%2B8617780082351', '/desk/calls/06C4BAMH4B8G09FAWH8KW00600', '/desk/trunks/reseller-hk', '/desk/subscribers/%2B8613800138000'],
  authority: ['/authority/cases/c1'],
  open: ['/redress/REDRESSNEW', '/redress/REDRESSWAITING', '/redress/REDRESSGRANTED', '/redress/REDRESSREFUSED', '/redress/NONE', '/first/FIRST', '/password/INVITE', '/nowhere'],
};
