/** All that makes releases and puts them live, or looks at a project as that does: a good deal, which is loaded only where it is asked for. */
export { buildArtifact } from './artifact.ts';
export { deploy } from './deploy.ts';
export { fromStage } from './promote.ts';
export { settings } from './settings.ts';
