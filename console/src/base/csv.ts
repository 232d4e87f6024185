// A table as spreadsheets save it (RFC 4180): commas, or semicolons where the first line has more of them; quotes.
export function parseCsv(text: string): Record<string, string>[] {
  const body = text.replace(/^\uFEFF/, ''), first = body.split(/\r?\n/, 1)[0];
  const comma = first.split(';').length > first.split(',').length ? ';' : ',';
  const rows: string[][] = [[]];
  let cell = '', quoted = false;
  const put = (): void => { rows[rows.length - 1].push(cell); cell = ''; };
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (body[i + 1] === '"') { cell += c; i++; } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === comma) put();
    else if (c === '\n') { put(); rows.push([]); } else if (c !== '\r') cell += c;
  }
  put();
  const [names, ...values] = rows.filter((row) => row.some((value) => value.trim() !== ''));
  return values.map((row) => Object.fromEntries((names ?? []).map((name, i) => [name.trim().toLowerCase(), (row[i] ?? '').trim()])));
}
