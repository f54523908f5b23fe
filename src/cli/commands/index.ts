import type { Command } from "./command";

/** Loaded when they are called for: the help of one command needs nothing of another. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
	inspect: async () => (await import("./inspect")).inspect,
	predict: async () => (await import("./predict")).predict,
	methods: async () => (await import("./methods")).methods,
	run: async () => (await import("./run")).run,
	preflight: async () => (await import("./preflight")).preflight,
	metrics: async () => (await import("./metrics")).metrics,
	evaluate: async () => (await import("./evaluate")).evaluate,
	sheet: async () => (await import("./sheet")).sheet,
	export: async () => (await import("./export")).exportMethod,
	doctor: async () => (await import("./doctor")).doctor,
};

/** Commands that load an engine: they run in a process of their own. */
export const COMPUTING: ReadonlySet<string> = new Set([
	"predict",
	"run",
	"preflight",
	"evaluate",
	"sheet",
	"export",
	"doctor",
]);
