import type { Emitter } from "../emitter";
import { CONVOLUTIONS } from "./convolution";
import { CONVOLUTIONS_3D } from "./convolution3d";
import { CROPPING } from "./cropping";
import { DEPTHWISE } from "./depthwise";
import { ELEMENTWISE } from "./elementwise";
import { INDEXING } from "./indexing";
import { MATMUL } from "./matmul";
import { POOLS } from "./pooling";
import { RECTIFIERS } from "./rectifier";
import { REDUCTIONS } from "./reduction";
import { SHAPES } from "./shape";

/** Every primitive but the sources (`input`, `weight`, `constant`); one file a family, one line here. */
export const EMITTERS: ReadonlyMap<string, Emitter> = new Map(
	[
		ELEMENTWISE,
		RECTIFIERS,
		REDUCTIONS,
		SHAPES,
		INDEXING,
		CROPPING,
		MATMUL,
		CONVOLUTIONS,
		DEPTHWISE,
		CONVOLUTIONS_3D,
		POOLS,
	].flatMap((family) => Object.entries(family)),
);
