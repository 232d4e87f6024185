// What a dry run may try: every policy.* of src/settings/schema.def that needs no file. tests/words.mjs compares.
const COSTS = ['unwanted_ring', 'label_relief', 'wrong_label', 'screen_unwanted', 'screen_wanted', 'missed_wanted'] as const;
export const POLICY = [
  { name: 'level', values: 'loose | standard | strict' },
  { name: 'label', values: 'true | false' },
  { name: 'screen', values: 'true | false' },
  { name: 'block', values: 'true | false' },
  { name: 'reported', values: 'label | screen | block' },
  { name: 'explore_share', values: '0 – 0.01' },
  { name: 'emergency_window_s', values: '1 – 86400' },
  ...COSTS.map((name) => ({ name: `costs.LEVEL.${name}`, values: name === 'label_relief' ? '0 – 1' : '0 – 1000000' })),
];
/** As lines of the configuration file: costs.strict.wrong_label under its parents. */
export const asYaml = (name: string): string => ['policy', ...name.replace('LEVEL', 'standard').split('.')].map((part, depth) => `${'  '.repeat(depth)}${part}:`).join('\n');
