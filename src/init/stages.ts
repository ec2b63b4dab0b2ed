/** Where the site is to live. */
import { isIP } from 'node:net';
import { isHost } from '../config/patterns.ts';
import { branchesOf } from './branches.ts';
import { type Entry, found, guess, type Project } from './finding.ts';
import { hostsIn } from './settings-text.ts';

/** What is known already, from whoever asks. */
export interface Known {
  host: string | undefined;
  url: string | undefined;
}

/** The way of a change: to staging, where there is a branch for it, then to production. @param text of the settings */
export async function stagesOf(top: string, text: string, known: Known): Promise<Project['stages']> {
  const { live, test } = await branchesOf(top);
  const [allowed] = hostsIn(text);
  const ofHost = hostEntry(known, allowed);
  const host = String(ofHost.value);
  const ofUrl =
    known.url === undefined
      ? guess('url', `https://${inUrl(allowed ?? host)}`, 'from the host')
      : found('url', known.url, '--url');
  const [beside, why] =
    isIP(host) === 0
      ? [`staging.${host.replace(/^www\./, '')}`, 'like that of production']
      : ['staging.example.org', 'nothing names it'];
  return [
    ...(test === undefined
      ? []
      : [
          {
            name: 'staging',
            entries: [
              found('branch', test, 'there is such a branch'),
              guess('host', beside, why),
              guess('url', `https://${beside}`, why),
            ],
          },
        ]),
    {
      name: 'production',
      entries: [{ key: 'branch', ...live }, ofHost, ofUrl],
    },
  ];
}

/** Where production lives: what is asked for goes before what stands in the settings. */
function hostEntry({ host, url }: Known, allowed: string | undefined): Entry {
  if (host !== undefined) return found('host', host, '--host');
  const ofUrl = url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$/g, '');
  // What visitors' address may be is more than what can be logged in to.
  if (ofUrl !== undefined && isHost(ofUrl)) return found('host', ofUrl, '--url');
  return allowed === undefined
    ? guess('host', 'www.example.org', 'nothing names it')
    : found('host', allowed, 'ALLOWED_HOSTS');
}

/** An address of IPv6 stands in brackets there. */
const inUrl = (host: string) => (isIP(host) === 6 ? `[${host}]` : host);
