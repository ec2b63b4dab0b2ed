/** The site's own static files: style sheets that name images, and scripts. Pure. */
import { APPS, type Files } from './python.ts';

/** Of each kind in each app; with one style sheet more that names the images. */
const EACH = 4;

const IMAGE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">';

export function staticFiles(version: string): Files {
  const files = APPS.flatMap((app, number) => [
    [`${app}/static/${app}/main.css`, sheet(app, number === 0 ? version : '0')],
    ...Array.from({ length: EACH }, (_, index) => [
      [`${app}/static/${app}/image_${index}.svg`, `${IMAGE}${shapes(number, index)}</svg>\n`],
      [`${app}/static/${app}/part_${index}.js`, script(app, index)],
    ]).flat(),
  ]);
  return Object.fromEntries(files);
}

/** What a code change touches: the style sheet that every page names. */
export const touchedSheet = (version: string): Files => ({
  'app00/static/app00/main.css': sheet('app00', version),
});

function sheet(app: string, version: string): string {
  const rules = Array.from(
    { length: 60 },
    (_, index) =>
      `.${app}-${index} { margin: ${index}px; background: url("image_${index % EACH}.svg"); order: ${index}; }\n`,
  );
  return `:root { --version: "${version}"; }\n${rules.join('')}`;
}

function shapes(number: number, index: number): string {
  return Array.from(
    { length: 40 },
    (_, shape) => `<circle cx="${(shape * 7 + number) % 40}" cy="${(shape * 11 + index) % 40}" r="${shape % 9}"/>`,
  ).join('');
}

function script(app: string, index: number): string {
  const functions = Array.from(
    { length: 60 },
    (_, step) => `export function ${app}Part${index}Step${step}(value) { return value * ${step + 1} + ${index}; }\n`,
  );
  return functions.join('');
}
