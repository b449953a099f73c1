// Browsers inside other apps: they lose a page when the app is left, and most give it no camera.
const inside = /\b(Instagram|FBA[NV]|FB_IAB|musical_ly|TikTok|BytedanceWebview|Snapchat|Pinterest|Line\/|Twitter)/;

export const isInApp = (userAgent = navigator.userAgent): boolean => inside.test(userAgent);
