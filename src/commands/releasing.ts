/** All that makes releases and puts them live: a good deal, which is loaded only where that is asked for. */
export { buildArtifact } from './artifact.ts';
export { deploy } from './deploy.ts';
export { fromStage } from './promote.ts';
