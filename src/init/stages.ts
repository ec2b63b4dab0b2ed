/** Where the site is to live. */
import { branchesOf } from './branches.ts';
import { found, guess, type Project } from './finding.ts';
import { hostsIn } from './settings-text.ts';

/** What is known already, from whoever asks. */
export interface Known {
  host: string | undefined;
  url: string | undefined;
}

/** The way of a change: to staging, where there is a branch for it, then to production. @param text of the settings */
export async function stagesOf(top: string, text: string, known: Known): Promise<Project['stages']> {
  const { live, test } = await branchesOf(top);
  const [named] = hostsIn(text);
  const host = known.host ?? named ?? 'www.example.org';
  const domain = host.replace(/^www\./, '');
  const ofHost =
    known.host === undefined && named === undefined
      ? guess('host', host, 'nothing names it')
      : found('host', host, known.host === undefined ? 'ALLOWED_HOSTS' : '--host');
  const ofUrl =
    known.url === undefined
      ? guess('url', `https://${named ?? host}`, 'from the host')
      : found('url', known.url, '--url');
  return [
    ...(test === undefined
      ? []
      : [
          {
            name: 'staging',
            entries: [
              found('branch', test, 'there is such a branch'),
              guess('host', `staging.${domain}`, 'like that of production'),
              guess('url', `https://staging.${domain}`, 'like that of production'),
            ],
          },
        ]),
    {
      name: 'production',
      entries: [{ key: 'branch', ...live }, ofHost, ofUrl],
    },
  ];
}
