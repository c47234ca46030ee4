"""Lead, Contact, Account and User: the objects that prospects, their owners and editors live in."""

from __future__ import annotations

from .fields import (
    Field,
    address,
    area,
    date,
    email,
    flag,
    lookup,
    moment,
    number,
    phone,
    pick,
    read_only,
    text,
    url,
    whole,
)
from .objects import OWNER, SObject, sobject

SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Trade Show", "Other")
INDUSTRIES = (
    "Agriculture", "Banking", "Biotechnology", "Construction", "Consulting", "Education",
    "Electronics", "Energy", "Engineering", "Finance", "Government", "Healthcare", "Hospitality",
    "Insurance", "Manufacturing", "Media", "Retail", "Shipping", "Technology",
    "Telecommunications", "Transportation", "Utilities", "Other",
)  # fmt: skip
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")
RATINGS = ("Hot", "Warm", "Cold")

# The marketing package's fields, the same on Lead and Contact.
PACKAGE = (
    text("pi__campaign__c"),
    area("pi__comments__c", 32768),
    moment("pi__conversion_date__c"),
    text("pi__conversion_object_name__c"),
    text("pi__conversion_object_type__c"),
    moment("pi__created_date__c"),
    moment("pi__first_activity__c"),
    text("pi__first_search_term__c"),
    text("pi__first_search_type__c"),
    area("pi__first_touch_url__c", 32768),
    text("pi__grade__c", 10),
    moment("pi__last_activity__c"),
    flag("pi__Needs_Score_Synced__c"),
    area("pi__notes__c", 32768),
    moment("pi__Pardot_Last_Scored_At__c"),
    flag("pi__pardot_hard_bounced__c"),
    number("pi__score__c"),
    url("pi__url__c"),
    text("pi__utm_campaign__c"),
    text("pi__utm_content__c"),
    text("pi__utm_medium__c"),
    text("pi__utm_source__c"),
    text("pi__utm_term__c"),
)
REGION = pick("Region__c", "EMEA", "Americas", "APAC")
EMAIL_BOUNCE = read_only(moment("EmailBouncedDate"), text("EmailBouncedReason"))
ACTIVITY = read_only(date("LastActivityDate", label="Last Activity"))


def person_name(first: bool = True) -> tuple[Field, ...]:
    """LastName, FirstName, Salutation and the Name that the org makes of them."""
    salutation = (pick("Salutation", *SALUTATIONS, length=40, compound="Name"),) if first else ()
    return (
        text("LastName", 80, required=True, compound="Name"),
        text("FirstName", 40, compound="Name"),
        *salutation,
        *read_only(text("Name", 121, "Full Name")),
    )


PEOPLE_INDEXES = (("Email",), ("CreatedDate", "Id"), ("OwnerId",), ("MasterRecordId",))

LEAD = sobject(
    "Lead",
    "00Q",
    *read_only(lookup("MasterRecordId", "Lead", label="Master Record ID")),
    *person_name(),
    text("Title", 128),
    text("Company", 255, required=True),
    *address(),
    phone("Phone"),
    phone("MobilePhone"),
    phone("Fax"),
    email("Email"),
    url("Website"),
    area("Description"),
    pick("LeadSource", *SOURCES),
    pick(
        "Status", "Open - Not Contacted", "Working - Contacted", "Closed - Converted",
        "Closed - Not Converted", "Qualified", default="Open - Not Contacted",
    ),
    pick("Industry", *INDUSTRIES),
    pick("Rating", *RATINGS),
    number("AnnualRevenue", type="currency"),
    whole("NumberOfEmployees", label="Employees"),
    OWNER,
    flag("HasOptedOutOfEmail", "Email Opt Out"),
    flag("HasOptedOutOfFax", "Fax Opt Out"),
    flag("DoNotCall"),
    *read_only(
        flag("IsConverted", "Converted"),
        date("ConvertedDate"),
        lookup("ConvertedAccountId", "Account", label="Converted Account ID"),
        lookup("ConvertedContactId", "Contact", label="Converted Contact ID"),
        lookup("ConvertedOpportunityId", "Opportunity", label="Converted Opportunity ID"),
    ),
    flag("IsUnreadByOwner", "Unread By Owner"),
    *ACTIVITY,
    *EMAIL_BOUNCE,
    *PACKAGE,
    REGION,
    mergeable=True,
    indexes=(*PEOPLE_INDEXES, ("ConvertedContactId",)),
)  # fmt: skip

CONTACT = sobject(
    "Contact",
    "003",
    *read_only(lookup("MasterRecordId", "Contact", label="Master Record ID")),
    lookup("AccountId", "Account"),
    *person_name(),
    *address("Mailing"),
    *address("Other"),
    phone("Phone", label="Business Phone"),
    phone("Fax", label="Business Fax"),
    phone("MobilePhone"),
    phone("HomePhone"),
    phone("OtherPhone"),
    phone("AssistantPhone", label="Asst. Phone"),
    text("AssistantName", 40),
    lookup("ReportsToId", "Contact"),
    email("Email"),
    text("Title", 128),
    text("Department", 80),
    pick("LeadSource", *SOURCES),
    date("Birthdate"),
    area("Description"),
    OWNER,
    flag("HasOptedOutOfEmail", "Email Opt Out"),
    flag("HasOptedOutOfFax", "Fax Opt Out"),
    flag("DoNotCall"),
    *read_only(flag("IsPersonAccount")),
    *ACTIVITY,
    *EMAIL_BOUNCE,
    *PACKAGE,
    REGION,
    mergeable=True,
    indexes=(*PEOPLE_INDEXES, ("AccountId",)),
    children=(("OpportunityContactRoles", "OpportunityContactRole", "ContactId"),),
)

ACCOUNT = sobject(
    "Account",
    "001",
    *read_only(lookup("MasterRecordId", "Account", label="Master Record ID")),
    text("Name", 255, "Account Name", required=True),
    pick("Type", "Prospect", "Customer", "Partner", "Other"),
    lookup("ParentId", "Account", label="Parent Account ID"),
    *address("Billing"),
    *address("Shipping"),
    phone("Phone", label="Account Phone"),
    phone("Fax", label="Account Fax"),
    text("AccountNumber", 40),
    url("Website"),
    text("Sic", 20, "SIC Code"),
    pick("Industry", *INDUSTRIES),
    number("AnnualRevenue", type="currency"),
    whole("NumberOfEmployees", label="Employees"),
    pick("Ownership", "Public", "Private", "Subsidiary", "Other"),
    text("TickerSymbol", 20),
    area("Description", label="Account Description"),
    pick("Rating", *RATINGS, label="Account Rating"),
    text("Site", 80, "Account Site"),
    pick("AccountSource", *SOURCES),
    OWNER,
    *read_only(flag("IsPersonAccount")),
    *ACTIVITY,
    REGION,
    mergeable=True,
    indexes=(("Name",), ("OwnerId",), ("MasterRecordId",)),
    children=(
        ("Contacts", "Contact", "AccountId"),
        ("Opportunities", "Opportunity", "AccountId"),
        ("ChildAccounts", "Account", "ParentId"),
    ),
)

USER = sobject(
    "User",
    "005",
    text("Username", 80, required=True, unique=True),
    *person_name(first=False),
    text("CompanyName", 80),
    text("Division", 80),
    text("Department", 80),
    text("Title", 80),
    *address(),
    email("Email", required=True),
    phone("Phone"),
    phone("MobilePhone", label="Mobile"),
    text("Alias", 8),
    text("CommunityNickname", 40, "Nickname"),
    flag("IsActive", "Active"),
    pick("UserType", "Standard", "AutomatedProcess", default="Standard"),
    pick("TimeZoneSidKey", "GMT", default="GMT", label="Time Zone"),
    pick("LocaleSidKey", "en_US", default="en_US", label="Locale"),
    pick("LanguageLocaleKey", "en_US", default="en_US", label="Language"),
    pick("EmailEncodingKey", "UTF-8", default="UTF-8", label="Email Encoding"),
    lookup("ProfileId", "Profile"),
    lookup("ManagerId", "User"),
    text("EmployeeNumber", 20),
    text("FederationIdentifier", 512, "SAML Federation ID"),
    deletable=False,
    indexes=(("Username",), ("Email",)),
)

PEOPLE: tuple[SObject, ...] = (LEAD, CONTACT, ACCOUNT, USER)
