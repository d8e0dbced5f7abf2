// A token that is entered is sent to this deployment alone, and forgotten with the page.
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  // Otherwise a badge of an outside service would judge the file.
  validatorUrl: null,
});
