/** All that makes releases and puts them live, or looks at a project as that does: a good deal, which is loaded only where it is asked for. */

export { init } from '../init/init.ts';
export { cleanPlan } from '../report/plan/plan.ts';
export { reportPlan } from '../report/plan/tell.ts';
export { buildArtifact } from './artifact.ts';
export { deploy } from './deploy.ts';
export { fromStage } from './promote.ts';
export { settings } from './settings.ts';
