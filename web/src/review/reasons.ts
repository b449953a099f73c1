/** The keys that pick a reason, in the order reasons are listed. */
export const reasonKeys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-"];
