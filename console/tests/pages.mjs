// Which pages there are, for whom; the tests and the screenshots walk over them.
export const PHONE_PAGES = ['/me', '/me/calls', '/me/reports', '/me/settings', '/me/settings/categories', '/me/settings/hours', '/me/settings/ranges', '/me/settings/regions', '/me/settings/contacts', '/me/settings/blocked', '/me/data'];
export const OPERATOR_PAGES = ['/desk/live', '/desk/campaigns', '/desk/campaigns?state=suspect', '/desk/numbers', '/desk/trunks', '/desk/dryrun', '/desk/review', '/desk/redress', '/desk/subscribers', '/desk/models', '/desk/health', '/desk/account'];
export const ADMIN_PAGES = ['/desk/users', '/desk/keys', '/desk/audit'];
export const AUTHORITY_PAGES = ['/authority/statistics', '/authority/cases', '/authority/exports'];
/** Open to everybody; the last three have nothing behind them and say so. */
export const OPEN_PAGES = ['/signin', '/standing', '/redress/NONE', '/password/INVITE', '/nowhere'];
