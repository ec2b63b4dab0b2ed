/** How the figures were made: what a reader has to know to believe them, or not. */
import { table } from '../../scripts/markdown.ts';
import { hasSenders } from './picks.ts';
import type { Results } from './results.ts';
import { spread } from './statistics.ts';
import { count, latency, spreadText } from './text.ts';

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const CONSTANT: readonly string[] = [
  'One run of one program on one machine. The ways take turns, in another order in each round, and the links take turns from round to round, so that whatever changes meanwhile hits all alike. Each has deployed twice before anything is counted.',
  'One host, booted from Debian 12 for this, on one of the machine’s processors; the runner’s side and the visitors are on the others. What either side writes is in memory, and so are the programs that it starts (`vmtouch`): disks differ tenfold in how long it takes to make a file, and what a machine keeps of them while others have their turn is chance.',
  'Each way has its own user, folder, database and systemd unit on that host, and is set up as its own documentation says. The application server is gunicorn for all, with three workers of class `sync`. nginx passes requests on over a connection each and never tries one twice, for all.',
  'In each round all ways meet the same two commits: one that changes code, after which those that can go back do so at once, and one that raises a requirement too, which is then deployed once more, unchanged. So each way deploys both commits on what it left itself.',
  'Releases that only fill the host, for the growth by kept releases, are deployed by Graceful like all others, but are all of one commit (`force`), and nobody watches: no visitors, no pauses.',
  'Hosts that join the first one, to measure several at once, are on all processors. Nobody visits then: on a machine with fewer processors than hosts each visitor would wait for one.',
  'Graceful’s environment beside bare uv: in turns, with the same wheels, each time with empty caches, on all processors. Of Graceful’s build the part between two lines of its log counts: from when the Python is chosen to when the environment is there, whole, in its cache.',
  'Each deploy does the same work: packages, migrations, static files, start. All get their packages from one folder of wheels that is at hand on both sides; no index is asked.',
  'Before each deploy its commit is pushed and checked out freshly with new times of its files, as a CI job does, and the disks are synced. None of that is counted, nor is the start of a CI job.',
  'Counted from the start of the command on the runner’s side to the first good answer of the new version, to the last one of the old, and to the command’s exit. SSH connections are new each time.',
  'Visitors send 50 requests a second, on time whether earlier ones are answered or not, each on a connection of its own: four of five for pages, every fifth for a static file that the last page named. They are on the host itself, so what they send is not in the bytes. They come until pages of the new version alone were answered for 0.5 s after the command’s exit, at most for 5 s; where no other version is to come, for 2 s.',
  'A request failed that was answered with anything but 200, or not within 30 s. The slowest is the one that took longest until its answer or its failure.',
  'Bytes are those of the host’s network interface, in each direction, with all that SSH, git and TCP add.',
];

const SENDERS_TAKE_PART =
  'The two that only send files take part in the second commit of each round alone; the few kB of code of the first come with it.';

const NOT_MODELLED: readonly string[] = [
  'The rate is limited by the token bucket filter of `tc` at both ends of the link, the delay is added by a small TCP proxy of ours in front of sshd. So nothing is lost, nothing varies, and the kernel’s TCP does not see the delay: on a real path a connection begins slowly and speeds up with each round trip, which costs most where much is sent.',
  'The git server that some peers fetch from has the limited rate, but no delay. That is in favour of those peers.',
  'Peers that install packages on the host find them there in a folder. From a package index they would come over the network: their bytes and times for a bumped package are lower here than they would be, again in favour of those peers.',
  'All is on one machine: what the runner’s side computes and what the host computes do not run on the processors of two.',
  'Visitors ask on the host itself: what their own link costs is in none of the figures.',
];

export function method(results: Results): string {
  const { machine, versions, ways, site, baseline } = results;
  return [
    '### What was held constant',
    list([...CONSTANT, ...(hasSenders(results) ? [SENDERS_TAKE_PART] : [])]),
    '### What this does not model',
    list(NOT_MODELLED),
    '### The site',
    `${count(site.pythonFiles)} Python files, ${count(site.staticFiles)} static files, ${count(site.packages)} packages; its environment has ${count(site.envFiles)} files and ${count(site.envMb)} MB. Quiet, it answers a page in at most ${spreadText(spread(baseline.quietWorstMs.dynamic), latency)}, and a static file in at most ${spreadText(spread(baseline.quietWorstMs.static), latency)}, by stretches as long as a deploy.`,
    '### The ways',
    list(ways.map(({ title, how }) => `**${title}**: ${how}`)),
    '### Machine and versions',
    table(
      ['What', ''],
      [
        ['Measured', `${results.at}, in ${count(results.took / 60)} minutes`],
        ['Graceful', `commit \`${results.commit}\``],
        ['Processor', `${machine.cpu}, ${machine.cores} cores`],
        ['Memory', `${count(machine.memoryMb)} MB`],
        ['System', `${machine.os}, Linux ${machine.kernel}`],
        ...Object.entries(versions)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, version]) => [name, version]),
      ],
    ),
  ].join('\n\n');
}
