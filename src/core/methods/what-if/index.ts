import type { Method } from "../method";
import { erase } from "./erase";
import { fgsm } from "./fgsm";
import { pgd } from "./pgd";
import { shuffle } from "./shuffle";
import { silhouette } from "./silhouette";
import { texture } from "./texture";

/** Edited inputs, and what they do to units; one file and one line each. */
export const WHAT_IF: readonly Method[] = [erase, shuffle, silhouette, texture, fgsm, pgd];
