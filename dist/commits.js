export { en as commitsBetween } from "./shared.js";
