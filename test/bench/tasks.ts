import { NETWORKS, type NetworkName } from "./networks";
import type { Work } from "./reference";

export interface Task {
	readonly network: NetworkName;
	readonly work: Work;
	readonly batch: number;
	/** At most so many rounds. */
	readonly rounds: number;
}

export const TASKS: readonly Task[] = [
	...NETWORKS.flatMap((network) =>
		[1, 8].flatMap((batch) =>
			(["forward", "gradient"] as const).map((work) => ({ network, work, batch, rounds: Number.POSITIVE_INFINITY })),
		),
	),
	...NETWORKS.flatMap((network) => [
		{ network, work: "integrated-gradients" as const, batch: 1, rounds: 3 },
		{ network, work: "smoothgrad" as const, batch: 1, rounds: 3 },
		{ network, work: "lrp" as const, batch: 1, rounds: 7 },
		{ network, work: "occlusion" as const, batch: 1, rounds: network === "mobilenet-v1" ? 3 : 1 },
	]),
	...NETWORKS.slice(0, 2).map((network) => ({ network, work: "rise" as const, batch: 1, rounds: 1 })),
];

export const nameOf = ({ network, work, batch }: Task) => `${network} ${work} ${batch}`;
