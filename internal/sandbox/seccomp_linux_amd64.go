package sandbox

var thisArch = archAMD64
