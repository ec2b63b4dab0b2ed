import { crc32, deflateSync } from 'node:zlib';
import { type Answer, fetchOnce } from './http.ts';

interface Form {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Somebody who works in the admin of a Wagtail site: a visitor who keeps cookies and fills in forms. */
export class Editor {
  readonly #site: string;
  readonly #cookies = new Map<string, string>();

  private constructor(site: string) {
    this.#site = site;
  }

  /** @param site its address @throws Error when the site does not let them in */
  static async login(site: string, username: string, password: string): Promise<Editor> {
    const editor = new Editor(site);
    const csrfmiddlewaretoken = await editor.#token('/admin/login/');
    const fields = new URLSearchParams({ csrfmiddlewaretoken, username, password, next: '/admin/' });
    const form = { type: 'application/x-www-form-urlencoded', body: fields.toString() };
    const answer = await editor.#open('/admin/login/', form);
    if (answer.headers['location'] !== '/admin/') throw new Error(`no way in: ${answer.status}\n${answer.body}`);
    return editor;
  }

  /** Uploads a picture, `square.png`. @returns where the list of images shows a small one of it */
  async upload(title: string): Promise<string> {
    const token = await this.#token('/admin/images/add/');
    const fields = { csrfmiddlewaretoken: token, title, collection: '1' };
    const boundary = 'a-boundary-that-is-nowhere-else';
    const part = (name: string, more: string, value: string | Uint8Array): (string | Uint8Array)[] => [
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`,
      value,
      '\r\n',
    ];
    const parts = [
      ...Object.entries(fields).flatMap(([name, value]) => part(name, '', value)),
      ...part('file', '; filename="square.png"\r\ncontent-type: image/png', png(300)),
      `--${boundary}--\r\n`,
    ];
    const form = {
      type: `multipart/form-data; boundary=${boundary}`,
      body: Buffer.concat(parts.map((one) => Buffer.from(one))),
    };
    const answer = await this.#open('/admin/images/add/', form);
    if (answer.status !== 302) throw new Error(`the upload was refused: ${answer.status}\n${answer.body}`);
    return this.imageOn('/admin/images/');
  }

  /** Address of the first uploaded image that a page shows. */
  async imageOn(path: string): Promise<string> {
    const { body } = await this.#open(path);
    const found = /<img[^>]* src="(\/media\/[^"]+)"/.exec(body)?.[1];
    if (found === undefined) throw new Error(`${path} shows no image:\n${body}`);
    return found;
  }

  async #open(path: string, form?: Form): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent = form && { method: 'POST', body: form.body };
    const headers = { cookie, ...(form && { 'content-type': form.type }) };
    const answer = await fetchOnce(new URL(path, this.#site).href, { ...sent, headers });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }

  /** The hidden field that the form on a page needs. */
  async #token(path: string): Promise<string> {
    const { body } = await this.#open(path);
    const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(body)?.[1];
    if (token === undefined) throw new Error(`${path} has no form:\n${body}`);
    return token;
  }
}

/** A red square as a PNG file. @param size pixels on each side */
function png(size: number): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    return Buffer.concat([number(data.length), body, number(crc32(body))]);
  };
  // 8 bits a channel, RGB, no filter and no interlacing.
  const header = Buffer.concat([number(size), number(size), Buffer.from([8, 2, 0, 0, 0])]);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(size * 3, Buffer.from([200, 30, 30]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: size }, () => row)));
  const magic = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}
