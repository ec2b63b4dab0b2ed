/** What an application server calls: WSGI, or ASGI for asynchronous views, streams and WebSockets. */
export const INTERFACES = ['wsgi', 'asgi'] as const;

export type Interface = (typeof INTERFACES)[number];

/** The interface that the name of an application's module tells (`shop.asgi:application`), or undefined. Pure. */
export function interfaceOfModule(application: string): Interface | undefined {
  const module = application.split(':')[0]?.split('.').at(-1);
  return INTERFACES.find((name) => name === module);
}
