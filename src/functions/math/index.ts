import { elementaryFunctions } from "./elementary.ts";
import { gammaFunctions } from "./gamma.ts";
import { numberFunctions } from "./numbers.ts";
import { roundingFunctions } from "./rounding.ts";

export const mathFunctions = [...elementaryFunctions, ...roundingFunctions, ...numberFunctions, ...gammaFunctions];
