import { type Case, ELEMENTWISE_CASES } from "./cases";
import { LINEAR_CASES } from "./cases-linear";
import { STRUCTURAL_CASES } from "./cases-structural";

export const CASES: readonly Case[] = [...ELEMENTWISE_CASES, ...STRUCTURAL_CASES, ...LINEAR_CASES];
