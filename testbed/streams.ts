/** Long answers, event streams and WebSockets: what a visitor has open while the site is deployed. */

/** Laid over the shop: an ASGI application with `/stream?seconds=N` (an event each 0.1 s) and a WebSocket that says what it hears. */
export const LIVE_ASGI = `"""The shop, an event stream and a WebSocket."""

import asyncio
import os
import time

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")

django = get_asgi_application()
RELEASE = os.environ.get("GRACEFUL_RELEASE", "none")


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await talk(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/stream":
        await stream(float(scope["query_string"].decode().partition("=")[2]), send)
    elif scope["type"] == "http":
        await django(scope, receive, send)
    else:
        raise NotImplementedError(scope["type"])


async def talk(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (heard := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"{RELEASE} {heard['text']}"})


async def stream(seconds, send):
    headers = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await send({"type": "http.response.body", "body": f"data: {RELEASE}\\n\\n".encode(), "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": b"event: end\\ndata:\\n\\n", "more_body": False})
`;

/** How an answer of many parts ended. */
export interface Received {
  readonly status: number | null;
  readonly body: string;
  /** False where the connection broke off before the answer was whole. */
  readonly whole: boolean;
}

/** An answer that is still coming. */
export interface Receiving {
  /** Resolves when its head is there. */
  begun(): Promise<void>;
  readonly ended: Promise<Received>;
}

/** Asks for something that takes long. */
export function receive(url: string): Receiving {
  const answer = fetch(url, { headers: { connection: 'close' } });
  const read = async (): Promise<Received> => {
    let body = '';
    let status: number | null = null;
    try {
      const response = await answer;
      status = response.status;
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) body += chunk;
      return { status, body, whole: true };
    } catch {
      return { status, body, whole: false };
    }
  };
  return { begun: () => answer.then(() => undefined), ended: read() };
}

/** An open WebSocket. */
export interface Talk {
  /** Says something; resolves with the answer. */
  say(word: string): Promise<string>;
  close(): void;
  /** Code that it was closed with; 1006 where there was no closing word. */
  readonly closed: Promise<number>;
}

/** Opens a WebSocket. @throws Error when it is refused */
export async function talk(url: string): Promise<Talk> {
  const socket = new WebSocket(url);
  const closed = new Promise<number>((done) => socket.addEventListener('close', ({ code }) => done(code)));
  await new Promise<void>((done, fail) => {
    socket.addEventListener('open', () => done(), { once: true });
    socket.addEventListener('error', () => fail(new Error(`${url}: no WebSocket`)), { once: true });
  });
  return {
    async say(word) {
      const answer = new Promise<string>((done) =>
        socket.addEventListener('message', ({ data }) => done(String(data)), { once: true }),
      );
      socket.send(word);
      return answer;
    },
    close: () => socket.close(),
    closed,
  };
}
