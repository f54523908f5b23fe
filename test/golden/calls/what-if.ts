import type { Calls } from "./call";

export const whatIf: Calls = {};
