package sandbox

var thisArch = archARM64
