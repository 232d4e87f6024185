// The kinds of calls that a person can name, in the order in which pages show them.
export const KINDS = ['loan', 'debt', 'property', 'renovation', 'education', 'insurance', 'medical', 'stocks', 'marketing', 'fraud'];
