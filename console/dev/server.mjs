// A stand-in for anningd, for developing and testing the console only: it speaks the console's part of the API out of
// memory, with invented people, and serves dist/ under the same strict policy as anningd does. It is not installed and
// checks nothing that anningd must check. usage: node dev/server.mjs [--port N] [--dist FOLDER]
// Signs in: any Chinese mobile number with code 123456; li.wei, auditor, authority or admin with "correct horse
// battery" (admin asks for the one-time code 123456).
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDesk } from './desk.mjs';
import { makePeople } from './people.mjs';

export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const LOGINS = { 'li.wei': 'operator', agent: 'agent', auditor: 'auditor', authority: 'authority', admin: 'admin' };
const NAMES = { 'li.wei': '李薇', agent: '周敏', auditor: '陈立', authority: '王芳', admin: '赵强' };

export class Refusal extends Error {
  constructor(status, message, code, extra = {}) { super(message); Object.assign(this, { status, code, extra }); }
}

export function makeServer({ dist }) {
  const sessions = new Map(); // cookie → session
  const state = { first: true, language: {} };
  const people = makePeople(Refusal);
  const desk = makeDesk(Refusal, people);
  const hex = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  function signIn({ login, password, totp, number, code }, answer) {
    let user;
    if (number) {
      if (code !== '123456') throw new Refusal(401, 'wrong code', 'bad_login');
      user = { id: hex(), role: 'subscriber', number, language: 'zh', totp: false };
    } else {
      if (!LOGINS[login] || password !== 'correct horse battery') throw new Refusal(401, 'wrong login or password', 'bad_login');
      if (login === 'admin' && !totp) throw new Refusal(401, 'one-time code needed', 'totp_required');
      if (login === 'admin' && totp !== '123456') throw new Refusal(401, 'wrong code', 'bad_login');
      user = { id: hex(), login, name: NAMES[login], role: LOGINS[login], language: 'zh', totp: login === 'admin' };
    }
    const cookie = hex() + hex();
    sessions.set(cookie, { user, csrf: hex() });
    answer.headers['Set-Cookie'] = `anning_session=${cookie}; HttpOnly; SameSite=Strict; Path=/`;
    return sessions.get(cookie);
  }

  function own(method, parts, body, session, answer) {
    const key = `${method} ${parts.join('/')}`;
    if (key === 'GET first') return { needed: state.first };
    if (key === 'POST first') {
      if (!state.first || body.token !== 'FIRST') throw new Refusal(403, 'no such link');
      state.first = false;
      return {};
    }
    if (key === 'POST password') { if (body.token !== 'INVITE') throw new Refusal(404, 'no such link'); return {}; }
    if (key === 'POST session') return signIn(body, answer);
    if (key === 'POST session/code') { answer.status = 202; return {}; }
    if (parts[0] === 'redress' && parts.length > 1 && !(parts[2] === 'decision')) return people.redress(method, parts, body);
    if (!session) throw new Refusal(401, 'not signed in');
    if (key === 'GET session') return session;
    if (key === 'DELETE session') { sessions.delete(answer.cookie); return {}; }
    if (key === 'PUT session/password') { if (body.old !== 'correct horse battery') throw new Refusal(403, 'the old password is wrong', 'bad_login'); return {}; }
    if (key === 'PUT session/language') return {};
    if (key === 'POST session/totp') return { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Anning:li.wei?secret=JBSWY3DPEHPK3PXP&issuer=Anning' };
    if (key === 'PUT session/totp') { if (body.code !== '123456') throw new Refusal(400, 'wrong code'); session.user.totp = true; return {}; }
    if (key === 'DELETE session/totp') { session.user.totp = false; return {}; }
    return undefined;
  }

  async function answerApi(request, response, url) {
    const answer = { status: 200, headers: {} };
    try {
      const cookie = /anning_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
      const session = sessions.get(cookie);
      answer.cookie = cookie;
      let text = '';
      for await (const part of request) text += part;
      const body = text ? JSON.parse(text) : {};
      const parts = url.pathname.split('/').slice(2).map(decodeURIComponent);
      if (session && request.method !== 'GET' && request.headers['x-anning-csrf'] !== session.csrf) throw new Refusal(403, 'the CSRF token is missing', 'csrf');
      if (session && parts[0] === 'live') return desk.live(request, response);
      const query = Object.fromEntries(url.searchParams);
      let value = own(request.method, parts, body, session, answer);
      value ??= people.handle(request.method, parts, body, query, session, request.headers);
      value ??= desk.handle(request.method, parts, body, query, session);
      if (value === undefined) throw new Refusal(404, 'no such path');
      if (value instanceof Uint8Array) {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="${parts.at(-1)}"` }).end(value);
        return;
      }
      response.writeHead(answer.status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...answer.headers });
      response.end(JSON.stringify(value));
    } catch (error) {
      const status = error.status ?? 500;
      if (status === 500) console.error(error);
      response.writeHead(status, { 'Content-Type': 'application/json', ...error.extra });
      response.end(JSON.stringify({ error: { message: error.message, code: error.code } }));
    }
  }

  function answerFile(request, response, url) {
    const wanted = normalize(decodeURIComponent(url.pathname)).replace(/^(\.\.[/\\])+/, '');
    let file = join(dist, wanted);
    if (!extname(file) || !existsSync(file)) file = extname(wanted) ? null : join(dist, 'index.html');
    if (!file || !existsSync(file)) return response.writeHead(404).end();
    const headers = { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };
    for (const [coding, ending] of [['br', '.br'], ['gzip', '.gz']]) {
      if ((request.headers['accept-encoding'] ?? '').includes(coding) && existsSync(file + ending)) {
        headers['Content-Encoding'] = coding;
        file += ending;
        break;
      }
    }
    const bytes = readFileSync(file);
    response.writeHead(200, { ...headers, 'Content-Length': bytes.length }).end(bytes);
  }

  return createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname.startsWith('/v1/')) void answerApi(request, response, url);
    else answerFile(request, response, url);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flag = (name, otherwise) => { const at = process.argv.indexOf(name); return at < 0 ? otherwise : process.argv[at + 1]; };
  const port = Number(flag('--port', 8099));
  makeServer({ dist: flag('--dist', fileURLToPath(new URL('../dist', import.meta.url))) }).listen(port, '127.0.0.1', () => console.log(`stand-in for anningd: http://127.0.0.1:${port}/`));
}
