import type { Method } from "../method";
import { ablationCam } from "./ablation-cam";
import { cam } from "./cam";
import { eigenCam, eigenGradCam } from "./eigen-cam";
import { gradCam } from "./grad-cam";
import { gradCamPlusPlus } from "./grad-cam-plus-plus";
import { guidedGradCam } from "./guided-grad-cam";
import { hiresCam } from "./hires-cam";
import { layerCam } from "./layer-cam";
import { learnedCam } from "./learned-cam";
import { scoreCam } from "./score-cam";
import { xGradCam } from "./x-grad-cam";

/** Class activation maps; one file and one line each. */
export const CLASS_ACTIVATION_MAPS: readonly Method[] = [
	gradCam,
	gradCamPlusPlus,
	xGradCam,
	hiresCam,
	layerCam,
	scoreCam,
	ablationCam,
	eigenCam,
	eigenGradCam,
	guidedGradCam,
	cam,
	learnedCam,
];
