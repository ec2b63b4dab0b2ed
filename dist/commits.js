export { t as commitsBetween } from "./shared.js";
